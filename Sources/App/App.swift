import Hummingbird

func f() { _ = Router() }
