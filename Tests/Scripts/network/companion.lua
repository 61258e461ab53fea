-- Programs that a test needs beside its node. They end with it at the latest, however the node may end.

local companion = {}

local function node_pid()
	local stat = assert(io.open "/proc/self/stat")
	local pid = stat:read "n"
	stat:close()
	return math.tointeger(pid)
end

local function output_of(command)
	local pipe = assert(io.popen(command))
	local line = pipe:read "l"
	pipe:close()
	return line
end

-- The second background job is the guard: a node that is killed can clean up nothing.
local START = [[
%s >/dev/null 2>&1 &
companion=$!
echo $companion
(while kill -0 %d && kill -0 $companion; do sleep 1; done; kill -9 $companion) >/dev/null 2>&1 &
]]

---Starts a command of the shell, which must be a single program.
---@param command string
---@return integer pid
function companion.start(command)
	local pid = output_of(START:format(command, node_pid()))
	return assert(math.tointeger(tonumber(pid)), "does not start: " .. command)
end

---@param pid integer
function companion.kill(pid)
	os.execute("kill -9 " .. pid)
end

---The program that runs this very node.
---@return string path
function companion.this_program()
	return output_of("readlink /proc/" .. node_pid() .. "/exe")
end

return companion
