import Postgres
import SystemPackage

/// The memory of this process that is in use now, as Linux says; 0 elsewhere.
enum ResidentMemory {
    /// Pages of 4 KiB are the second number of the file (proc(5)).
    static var bytes: Int {
        let numbers = (try? FolderListing.text(of: FilePath("/proc/self/statm")))?.split(separator: " ") ?? []
        return numbers.count > 1 ? (Int(numbers[1]) ?? 0) * 4_096 : 0
    }
}
