import HTTPSupport
import Kernel
import Tenancy

/// A session that a browser lost ends by itself, and so must all that it could do: what outlives it is made with the key.
enum SessionRefusal: Refusal {
    case outlivesIt

    var problem: Problem {
        Problem(403, "session_not_enough", "A session makes nothing that outlives it: use the key.")
    }
}

extension Principal {
    /// Refuses a session where a key, an invitation or another session is made.
    func checkHoldsKey() throws(SessionRefusal) {
        guard session == nil else { throw .outlivesIt }
    }
}
