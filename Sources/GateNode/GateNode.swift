// GateNode
