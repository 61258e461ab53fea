--- What the scripts that play another tree's library have in common: a verdict, comparisons, and waiting for events.

local skynet = require "skynet"
require "skynet.manager"

local M = {}

---Runs `f` as the start function of this service; the last line says how it went, and the node ends.
---@param name string
---@param f fun()
function M.run(name, f)
	skynet.start(function()
		local ok, why = xpcall(f, debug.traceback)
		skynet.error(("TEST %s %s%s"):format(ok and "OK" or "FAILED", name, ok and "" or ": " .. tostring(why)))
		skynet.abort()
	end)
end

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

---Asserts that two values are equal; tables by what they contain.
---@param actual any
---@param expected any
---@param what string?
function M.equal(actual, expected, what)
	if text(actual) ~= text(expected) then
		error(("%s: %s expected, got %s"):format(what or "value", text(expected), text(actual)), 2)
	end
end

---Asserts that exactly these values are there.
---@param actual table  packed
function M.values(actual, ...)
	M.equal(actual, table.pack(...), "values")
end

---Asserts that `f(...)` raises a text in which the pattern is found.
---@param pattern string
---@param f function
function M.raises(pattern, f, ...)
	local ok, why = pcall(f, ...)
	if ok or not tostring(why):find(pattern) then
		error(("%q expected to be raised, got %s %s"):format(pattern, ok, tostring(why)), 2)
	end
end

---Asserts that `f(...)` raises a text in which these words are found.
---@param words string
---@param f function
function M.refuses(words, f, ...)
	M.raises((words:gsub("%p", "%%%0")), f, ...)
end

---Yields until the claim is true; a test whose claim never becomes true is ended by whoever runs it.
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

return M
