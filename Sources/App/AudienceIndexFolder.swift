import AudienceIndex
package import Audiences
package import Logging
import SystemPackage

extension Configuration {
    /// What this node may spend on audience indexes; their copies are in the state folder, in one that only the service
    /// opens. Without it indexes are built at each start.
    package func audienceIndex(_ logger: Logger) -> IndexBounds {
        guard audienceIndexMiBMax > 0 else { return .off }
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
