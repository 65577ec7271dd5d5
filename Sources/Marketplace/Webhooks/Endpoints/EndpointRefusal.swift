import Kernel

/// Why a change of an endpoint is refused.
enum EndpointRefusal: Refusal {
    case tooMany
    case notEnabled
    case alreadyEnabled
    case changedMeanwhile
    case tooManySecrets

    var problem: Problem {
        switch self {
        case .tooMany:
            Problem(409, "too_many_endpoints", "There are too many endpoints.", detail: "At most \(Endpoint.perOwnerMax).")
        case .notEnabled: Problem(409, "endpoint_not_enabled", "The endpoint is not enabled.")
        case .alreadyEnabled: Problem(409, "endpoint_enabled", "The endpoint is enabled already.")
        case .changedMeanwhile: Problem(412, "changed_meanwhile", "The endpoint is not as If-Match says.")
        case .tooManySecrets:
            Problem(
                409, "too_many_secrets", "The secret was rotated too often.",
                detail: "Wait until older secrets have expired, or rotate with immediate.")
        }
    }
}
