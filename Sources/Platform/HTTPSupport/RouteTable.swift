import HTTPTypes
package import Hummingbird

/// All operations of the service, turned into one router.
package struct RouteTable: Sendable {
    package let routes: [Route]

    package init(_ routes: [Route]) { self.routes = routes }

    package func router(through pipeline: RequestPipeline) -> Router<BasicRequestContext> {
        let router = Router()
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

    /// The methods that a path takes; none where there is no such path.
    func methods(at path: String) -> [HTTPRequest.Method] {
        let parts = path.split(separator: "/")
        let methods = routes.filter { $0.takes(parts) }.map(\.method)
        return Set(methods).sorted { $0.rawValue < $1.rawValue }
    }
}

extension Route {
    fileprivate func takes(_ parts: [Substring]) -> Bool {
        let own = path.split(separator: "/")
        return own.count == parts.count && zip(own, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

/// Answers what no route takes with the same problem document as everything else: 405 where the path is known.
private struct NotFound: RouterMiddleware {
    let table: RouteTable
    let pipeline: RequestPipeline

    func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return await pipeline.respond(to: request, allowing: table.methods(at: request.uri.path))
        }
    }
}
