import HTTPSupport
import Kernel

/// How long keys live. A person's key always ends: who left unseen must not keep one for good. A service's may stay, as a
/// till that stops at night sells without discounts.
package enum KeyLifetime {
    /// What a person's key gets where nobody says otherwise, and the most that it may get.
    package static let personDaysMax: Int64 = 366
    static let secondsADay: Int64 = 86_400

    static func end(_ asked: Instant?, isPersons: Bool, now: Instant) throws -> Instant? {
        let latest = now.adding(seconds: personDaysMax * secondsADay)
        guard let asked else { return isPersons ? latest : nil }
        guard asked > now else { throw Refusal.past }
        guard !isPersons || asked <= latest else { throw Refusal.tooLate }
        return asked
    }

    enum Refusal: Kernel.Refusal {
        case past, tooLate

        var problem: Problem {
            switch self {
            case .past: Self.bad("in_the_past", "Must be later than now.")
            case .tooLate: Self.bad("too_late", "A person's key lives for at most \(KeyLifetime.personDaysMax) days.")
            }
        }

        private static func bad(_ code: String, _ detail: String) -> Problem {
            .invalid([FieldProblem(pointer: "/expires_at", code: code, detail: detail)])
        }
    }
}
