package import Kernel

extension Fields {
    /// The id of the thing that the object describes. In a line of a bulk load it must be there; in the body of a request
    /// that names the thing in its path it may be left out, and must be the same where it is not.
    package func ownID(_ name: String, inPath path: ExternalID?) -> ExternalID {
        guard let path else { return externalID(name) }
        if let repeated = externalIDIfPresent(name), repeated != path {
            refuse(name, "differs_from_path", "Must be the id of the path.")
        }
        return path
    }
}
