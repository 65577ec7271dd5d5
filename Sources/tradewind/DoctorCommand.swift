import App
import ArgumentParser
import JSONText
import Kernel

/// Is all well with this installation?
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Examine the installation and say what to do.",
        discussion: """
            Versions, disks, clock, settings, row-level security, indexes, queue, snapshots, backups and a quick look at \
            the books. Works beside the service and without it, changes nothing, starts nothing. Exits with 1 where \
            anything is bad.
            """)

    @OptionGroup var common: InstanceOptions

    @Flag(help: "One object of JSON.")
    var json = false

    func run() async throws {
        let doctor = Doctor(try common.configuration(), variables: Environment.variables(), .real)
        let report = await doctor.examine()
        print(json ? String(decoding: report.jsonBytes, as: UTF8.self) : report.text)
        if report.isBad { throw ExitCode(1) }
    }
}
