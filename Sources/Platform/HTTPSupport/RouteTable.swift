package import HTTPTypes
package import Hummingbird

/// All operations of the service, turned into one router.
package struct RouteTable: Sendable {
    package let routes: [Route]

    package init(_ routes: [Route]) { self.routes = routes }

    package func router(through pipeline: RequestPipeline) -> Router<ClientContext> {
        let router = Router(context: ClientContext.self)
        for route in routes {
            let path = route.path.split(separator: "/").map { part in
                part.hasPrefix("{") ? ":" + part.dropFirst().dropLast() : String(part)
            }
            router.on(RouterPath("/" + path.joined(separator: "/")), method: route.method) { request, context in
                await pipeline.respond(route, request, context)
            }
        }
        router.addMiddleware { NotFound(table: self, pipeline: pipeline) }
        return router
    }

    /// The operation that takes a path with a method.
    package func route(_ method: HTTPRequest.Method, _ path: String) -> Route? {
        let parts = path.split(separator: "/")
        return routes.filter { $0.method == method && $0.takes(parts) }.min { $0.isCloser(than: $1) }
    }

    /// The methods that a path takes; none where there is no such path. As in the router a literal part goes before an id.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        let matching = routes.filter { $0.takes(parts) }
        guard let closest = matching.min(by: { $0.isCloser(than: $1) }) else { return [] }
        return matching.filter { $0.path == closest.path }.map(\.method).sorted { $0.rawValue < $1.rawValue }
    }
}

extension Route {
    private var parts: [Substring] { path.split(separator: "/") }

    fileprivate func takes(_ wanted: [Substring]) -> Bool {
        parts.count == wanted.count && zip(parts, wanted).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    /// Of two that take a path, the one that is literal where they first differ.
    fileprivate func isCloser(than other: Route) -> Bool {
        let first = zip(parts, other.parts).first { $0.hasPrefix("{") != $1.hasPrefix("{") }
        return first.map { !$0.0.hasPrefix("{") } ?? false
    }
}

/// Answers what no route takes with the same problem document as everything else: 405 where the path is known.
private struct NotFound: RouterMiddleware {
    let table: RouteTable
    let pipeline: RequestPipeline

    func handle(
        _ request: Request, context: ClientContext, next: (Request, ClientContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return await pipeline.respond(to: request, allowing: table.methods(at: request.uri.path))
        }
    }
}
