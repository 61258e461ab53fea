local skynet = require "skynet"

skynet.init(function()
	skynet.sleep(1)
	table.insert(_G.trail, "second init")
end)

return {}
