import AudienceIndex
package import Audiences
package import Logging
import SystemPackage

extension Configuration {
    /// What this node may spend on audience indexes; their copies are in the state folder, in one that only the service
    /// opens. Without it indexes are built at each start. A node without indexes has it too: copies of before are looked after
    /// until they are of no use and go.
    package func audienceIndex(_ logger: Logger) -> IndexBounds {
        var bounds = IndexBounds(bytesMax: audienceIndexMiBMax << 20)
        let folder = stateFolder.appending("audience-index").string
        do {
            try IndexFile.makeFolder(stateFolder.string)
            try IndexFile.makeFolder(folder)
            bounds.folder = folder
        } catch {
            logger.warning("audience index: no folder for copies", metadata: ["folder": "\(folder)", "fault": "\(error)"])
        }
        return bounds
    }
}
