local skynet = require "skynet"

skynet.init(function()
	table.insert(_G.trail, "inner init")
end)
table.insert(_G.trail, "inner chunk")
