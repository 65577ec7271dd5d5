import JSONText
import Kernel

/// A line of NDJSON as a tree.
enum JSONLine {
    static func parse(_ line: ArraySlice<UInt8>) throws(Problem) -> JSONValue {
        do throws(JSONFault) {
            return try JSONReader.parse(Array(line))
        } catch {
            throw Problem(
                400, "malformed_json", "The line is not JSON.",
                detail: "The line \(error.reason.rawValue) at byte \(error.offset).")
        }
    }
}
