-- Accepts no messages of its own: it reads lines from standard input.
-- `snax NAME args` starts a snax service, any other line a Lua service.

local skynet = require "skynet"
local socket = require "skynet.socket"

--- A start that fails has been logged by those who failed; the console goes on.
---@param line string
local function obey(line)
	local words = {}
	for word in line:gmatch "%S+" do
		words[#words + 1] = word
	end
	if words[1] == "snax" and words[2] then
		local snax = require "skynet.snax"
		pcall(snax.newservice, table.unpack(words, 2))
	elseif words[1] then
		pcall(skynet.newservice, line)
	end
end

local function read_lines()
	local input = assert(socket.stdin())
	while true do
		local line = socket.readline(input, "\n")
		if not line then
			skynet.error "console: standard input has ended"
			return
		end
		obey(line)
	end
end

skynet.start(function()
	skynet.fork(read_lines)
end)
