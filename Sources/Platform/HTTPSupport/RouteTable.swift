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
        router.addMiddleware { NotFound(pipeline: pipeline) }
        return router
    }
}

/// Answers what no route takes with the same problem document as everything else.
private struct NotFound: RouterMiddleware {
    let pipeline: RequestPipeline

    func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return await pipeline.respond(nil, request, context)
        }
    }
}
