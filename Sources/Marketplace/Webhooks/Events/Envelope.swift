package import EventLog
package import JSONText
package import Kernel

/// An event as receivers and the feed read it: `{"id","type","timestamp","retailer","subject","sequence","data"}`. The same
/// event is the same bytes, on each try and for each reader. `sequence` rises for one subject, so that what is stale can
/// be dropped.
package struct Envelope: Sendable, JSONWritable {
    let retailer: RetailerID
    let event: LoggedEvent

    package init(retailer: RetailerID, event: LoggedEvent) {
        self.retailer = retailer
        self.event = event
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", event.id)
            json.field("type", event.type)
            json.field("timestamp", event.occurredAt)
            json.field("retailer", retailer)
            json.object("subject") { json in
                json.field("kind", event.subject.kind)
                json.field("id", event.subject.id)
            }
            json.field("sequence", event.position)
            json.name("data")
            json.raw(event.data)
        }
    }
}
