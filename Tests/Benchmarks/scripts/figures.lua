-- How the start scripts tell the runner what they measured.

local figures = {}

---Prints one figure on a line of its own, and makes sure that a waiting reader sees it.
---@param name string
---@param value number
function figures.report(name, value)
	io.stdout:write("figure\t", name, "\t", tostring(value), "\n")
	io.stdout:flush()
end

---@return integer bytes of this process that are in memory
function figures.resident()
	local file = assert(io.open("/proc/self/status"))
	local text = file:read("a")
	file:close()
	return math.tointeger(text:match("VmRSS:%s*(%d+)")) * 1024
end

return figures
