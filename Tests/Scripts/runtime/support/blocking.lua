local skynet = require "skynet"

skynet.init(function()
	skynet.sleep(1)
	table.insert(_G.trail, "init")
end)
require "blocking_inner"
skynet.sleep(1)
table.insert(_G.trail, "chunk")

local name, filename = ...
return { name = name, filename = filename }
