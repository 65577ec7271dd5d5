import EventLog
import JSONText

extension Event {
    /// The retailer's alone: what was loaded, and whether lines were rejected.
    static func importFinished(_ load: Import) -> Event {
        Event("import.finished", about: EventSubject(load.id)) { json in
            json.field("import_id", load.id)
            json.field("kind", word: load.kind)
            json.field("name", load.name)
            json.field("lines_read", load.counts.linesRead)
            json.field("accepted", load.counts.accepted)
            json.field("replayed", load.counts.replayed)
            json.field("rejected", load.counts.rejected)
        }
    }
}
