-- What the scripts about shared data have in common.
local skynet = require "skynet"
require "skynet.manager"

local M = {}

function M.fails(text, f, ...)
	local ok, failure = pcall(f, ...)
	if ok or not tostring(failure):find(text, 1, true) then
		error(("%q expected to be raised, got %s %s"):format(text, ok, failure), 2)
	end
end

--- An update arrives as a message: lets others have their turn until it has been handled.
function M.see(condition)
	for _ = 1, 200 do
		if condition() then
			return
		end
		skynet.sleep(1)
	end
	error("it never came to that", 2)
end

function M.run(f)
	skynet.start(function()
		local ok, failure = xpcall(f, debug.traceback)
		skynet.error(ok and "TEST OK" or "TEST FAILED: " .. failure)
		skynet.abort()
	end)
end

return M
