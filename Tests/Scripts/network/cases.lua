-- What the scripts beside it have in common: cases run in the order of their names, and a last line that says
-- whether all went well.

local skynet = require "skynet"
require "skynet.manager"

local cases = {}

---Runs every case with the given arguments. Raises what the first failing one raised, with its name.
---@param list table<string, function>
---@param after? fun(name: string) called after each
function cases.run(list, after, ...)
	local names = {}
	for name in pairs(list) do
		names[#names + 1] = name
	end
	table.sort(names)
	for _, name in ipairs(names) do
		local ok, why = xpcall(list[name], debug.traceback, ...)
		if not ok then
			error(name .. ": " .. tostring(why), 0)
		end
		if after then
			after(name)
		end
	end
end

---Makes this service the test: runs it, says what became of it, and ends the node.
---@param name string
---@param test fun()
function cases.report(name, test)
	skynet.start(function()
		local ok, why = xpcall(test, debug.traceback)
		local verdict = ok and "OK " .. name or "FAILED " .. name .. ": " .. tostring(why)
		skynet.error("TEST " .. verdict)
		skynet.abort()
	end)
end

return cases
