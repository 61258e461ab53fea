--- What the test scripts share: a test is a start script that ends the node and says how it went.

local skynet = require "skynet"
require "skynet.manager"

local M = {}

--- Long enough for any test; a test that is still running then hangs.
local TIME_LIMIT <const> = 5000

local function report(text)
	skynet.error(text)
	skynet.abort()
end

---Runs `f` as the start function of this service.
---@param name string
---@param f function
function M.run(name, f)
	skynet.start(function()
		skynet.timeout(TIME_LIMIT, function()
			report(("TEST FAILED %s: still running"):format(name))
		end)
		local ok, err = xpcall(f, debug.traceback)
		report(("TEST %s %s%s"):format(ok and "OK" or "FAILED", name, ok and "" or ": " .. tostring(err)))
	end)
end

---Asserts that two values are equal; tables by what they contain.
function M.equal(actual, expected, what)
	local function text(value)
		if type(value) ~= "table" then
			return type(value) == "string" and ("%q"):format(value) or tostring(value)
		end
		local parts = {}
		for k, v in pairs(value) do
			parts[#parts + 1] = text(k) .. "=" .. text(v)
		end
		table.sort(parts)
		return "{" .. table.concat(parts, ",") .. "}"
	end
	if text(actual) ~= text(expected) then
		error(("%s: %s expected, got %s"):format(what or "value", text(expected), text(actual)), 2)
	end
end

---Asserts that `f(...)` raises a text that ends like this.
function M.raises(tail, f, ...)
	local ok, err = pcall(f, ...)
	err = tostring(err)
	if ok or err:sub(-#tail) ~= tail then
		error(("%q expected to be raised, got %s %s"):format(tail, ok, err), 2)
	end
end

---Calls `f` and returns what this service logged meanwhile, its errors excepted.
---@return string[]
function M.logged(f)
	local core = require "skynet.core"
	local lines, plain = {}, core.error
	local function collect(...)
		local words = table.pack(...)
		for i = 1, words.n do
			words[i] = tostring(words[i])
		end
		lines[#lines + 1] = table.concat(words, " ")
	end
	core.error, skynet.error = collect, collect
	local ok, err = xpcall(f, debug.traceback)
	core.error, skynet.error = plain, plain
	assert(ok, err)
	return lines
end

---Yields until the claim is true; a test whose claim never becomes true ends with its time limit.
---@param claim fun(): any
---@return any
function M.await(claim)
	local result = claim()
	while not result do
		skynet.sleep(1)
		result = claim()
	end
	return result
end

---Lets everything happen that is in the mailbox, or most likely will be once others have had their turn: for claims that
---something does not happen. What has to happen is waited for: see `await`.
function M.settle()
	skynet.sleep(5)
end

return M
