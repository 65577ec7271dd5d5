import App
import ArgumentParser
import AudienceIndex
import Audiences
import HTTPSupport
import JSONText
import Kernel
import Parties
import Postgres
import Profiles
import SystemPackage
import Tenancy

/// Questions about audiences, straight from the database.
struct AudiencesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audiences", abstract: "Count audiences without the service.", subcommands: [Count.self])

    /// Builds the audience index of a retailer from PostgreSQL and counts one predicate with it.
    struct Count: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "count", abstract: "Count a predicate by the audience index, built from PostgreSQL for it.",
            discussion: "Exact, as the retailer reads it. Needs memory for the whole index of the retailer.")

        @OptionGroup var common: InstanceOptions

        @Option(help: "The retailer, by its id (retailer_...).")
        var retailer: String

        @Option(help: "A file with the predicate as JSON.")
        var file: String

        @Option(help: "A business day that has closed. Default: now.")
        var asOf: String?

        @Flag(help: "Also print the plan with the time of each step, and the memory of the index.")
        var explain = false

        func run() async throws {
            guard let id = RetailerID(retailer) else { throw ValidationError("\(retailer) is not the id of a retailer") }
            let day = try asOf.map { text in
                guard let day = BusinessDay(text) else { throw ValidationError("\(text) is not a day") }
                return day
            }
            let predicate = try await predicate()
            let crew = Crew(workers: Self.workers)
            let answer = try await DatabaseHome.with(try common.configuration()) { home in
                guard try await home.database.read(as: .retailer(id), { tx in try tx.retailer(id) }) != nil else {
                    throw BadQuestion.noRetailer(id)
                }
                return try await ExplainAudience.run(
                    predicate, of: id, asOf: day, at: OutsideWorldClock.now(), in: home.database, crew, progress: report)
            }
            print(answer.shoppers)
            if explain { print(answer.text) }
        }

        private static let workers = 2
        private static let fileBytesMax = 1 << 20

        private func predicate() async throws -> Predicate {
            var bytes: [UInt8] = []
            for try await piece in FileBytes(path: WorkingFolder.absolute(file).string, onRead: { _ in }) {
                bytes += piece
                guard bytes.count <= Self.fileBytesMax else { throw ValidationError("\(file) is larger than a predicate can be") }
            }
            do {
                let json = try JSONReader.parse(bytes)
                return try Fields.read(.object([Self.field: json])) { Predicate($0, Self.field) }
            } catch let fault as JSONFault {
                throw BadQuestion.notJSON(file: file, fault)
            } catch let problem as Problem {
                throw BadQuestion.noPredicate(file: file, problem.fields, under: "/\(Self.field)")
            }
        }

        private static let field = "predicate"

        private var report: @Sendable (IndexSlice) -> Void {
            let isWanted = explain
            return { slice in
                if isWanted {
                    print("read slice \(slice.number) of \(slice.of): \(slice.shoppers) shoppers, \(slice.bytes) bytes")
                }
            }
        }
    }
}

/// What cannot be counted, and why, for a terminal.
private enum BadQuestion: Error, CustomStringConvertible {
    case noRetailer(RetailerID)
    case notJSON(file: String, JSONFault)
    /// The file's whole content stands `under` a pointer.
    case noPredicate(file: String, [FieldProblem], under: String)

    var description: String {
        switch self {
        case .noRetailer(let id): "there is no retailer \(id)"
        case .notJSON(let file, let fault): "\(file) \(fault.reason.rawValue), at byte \(fault.offset)"
        case .noPredicate(let file, let fields, let above):
            "\(file) is no predicate:"
                + fields.map { field in
                    let pointer = field.pointer.hasPrefix(above) ? String(field.pointer.dropFirst(above.count)) : field.pointer
                    return "\n  \(pointer.isEmpty ? "(whole)" : pointer): \(field.detail)"
                }.joined()
        }
    }
}

extension ExplainAudience {
    /// Tables for people.
    fileprivate var text: String {
        let plan = steps.enumerated().map { place, step in
            "  \(place + 1). asked \(step.asked), kept \(step.kept), \((step.micros / 1000).threeDigits) ms: \(step.name)"
        }
        let parts = memory.map {
            "  \($0.part): \($0.bytes) bytes, \((Double($0.bytes) / Double(max(1, base))).threeDigits) a shopper"
        }
        return
            (["", "\(shoppers) of \(base), as of \(moment.asOf), today \(moment.today)"]
            + ["built in \(buildMillis.threeDigits) ms, counted in \(countMillis.threeDigits) ms (median of nine)"]
            + ["plan, each part asked about those whom the parts before it kept:"] + plan
            + ["memory:"] + parts + ["  bought products: \(boughtPairs) pairs of a shopper and a product"]).joined(
                separator: "\n")
    }
}
