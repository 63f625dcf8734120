package cuda

// DenseAbove sets of which share of active codes on they are multiplied with their zeros.
func (e *Engine) DenseAbove(share float64) { e.dense = share }
