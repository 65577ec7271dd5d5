import Kernel
import Synchronization

/// Tells the story: a numbered step, the story's day, and what came of it.
package final class Narrator: Sendable {
    private let step = Mutex(0)
    private let say: @Sendable (String) -> Void

    /// `say` gets whole lines.
    package init(_ say: @escaping @Sendable (String) -> Void) { self.say = say }

    func tell(_ title: String, on day: BusinessDay, _ lines: String...) {
        let number = step.withLock { step in
            step += 1
            return step
        }
        say("\(number < 10 ? " " : "")\(number)  \(title)  (\(day))")
        for line in lines { say("    \(line)") }
    }

    func note(_ line: String) { say(line) }
}

/// 1 234.50 RUB
func rubles(_ minor: Int64) -> String {
    let (whole, cents) = (minor.magnitude / 100, minor.magnitude % 100)
    return "\(minor < 0 ? "-" : "")\(grouped(whole)).\(cents < 10 ? "0" : "")\(cents) RUB"
}

/// 1 234 567
func grouped(_ number: some BinaryInteger) -> String {
    let digits = Array("\(number)")
    var text = ""
    for (place, digit) in digits.enumerated() {
        if place > 0, (digits.count - place) % 3 == 0 { text.append(" ") }
        text.append(digit)
    }
    return text
}
