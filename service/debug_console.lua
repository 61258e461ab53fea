-- Accepts no messages of its own: it listens at [ip,] port (ip: 127.0.0.1) and serves text connections.
-- Setting `debug_console_password`: the first line of a connection must then be `auth <password>`, within ten seconds.

local skynet = require "skynet"
local socket = require "skynet.socket"
local commands = require "skynet.debugconsole.commands"
local layout = require "skynet.debugconsole.layout"
local http = require "skynet.debugconsole.http"
local crypt = require "skynet.crypt"

assert(select("#", ...) <= 2, "debug_console takes [ip,] port")
local ip, port = ...
if not port then
	ip, port = "127.0.0.1", ip
end
port = assert(math.tointeger(tonumber(port)), "debug_console needs a port number")

--- No command is longer; a peer that sends more without a line end is cut off.
local MAX_LINE <const> = 128 * 1024

--- At most so many connections at a time: each has a coroutine here, and buffers.
local MAX_CONNECTIONS <const> = 64
--- How long a peer may take to say who it is, or to finish an HTTP request; hundredths of a second.
local TIMEOUT <const> = 1000

local connections = 0

local OK <const>, FAILED <const> = "<CMD OK>\n", "<CMD Error>\n"

local function split(line)
	local words = {}
	for word in line:gmatch "%S+" do
		words[#words + 1] = word
	end
	return words
end

--- Runs one line; the answer always ends with one of the two marks.
---@param fd integer
---@param line string
local function execute(fd, line)
	local words = split(line)
	local command = commands[words[1]]
	if not command then
		return socket.write(fd, "Invalid command, type help for command list\n\n" .. FAILED)
	end
	local request = { fd = fd, line = line }
	local ok, result = pcall(command, request, table.unpack(words, 2))
	if ok then
		socket.write(fd, layout.result(result) .. OK)
	else
		socket.write(fd, tostring(result) .. "\n" .. FAILED)
	end
end

--- Runs `f(...)`, which reads from the connection, and breaks that when it takes too long.
---@param fd integer
---@param f function
---@param ... any
---@return any ...
local function with_timeout(fd, f, ...)
	local done = false
	skynet.timeout(TIMEOUT, function()
		if not done then
			socket.shutdown(fd)
		end
	end)
	local results = table.pack(pcall(f, ...))
	done = true
	if not results[1] then
		error(results[2], 0)
	end
	return table.unpack(results, 2, results.n)
end

--- Compares what a peer said with a secret: how long it takes tells nothing about either.
---@param said string
---@param secret string
---@return boolean
local function is_secret(said, secret)
	local key = crypt.randomkey()
	local left, right = crypt.hmac_sha1(key, said), crypt.hmac_sha1(key, secret)
	local difference = 0
	for i = 1, #right do
		difference = difference | left:byte(i) ~ right:byte(i)
	end
	return difference == 0
end

--- Whether the peer may go on; without a password everybody may.
---@param fd integer
---@return boolean
local function admit(fd)
	local password = skynet.getenv "debug_console_password"
	if not password then
		return true
	end
	local line = with_timeout(fd, socket.readline, fd, "\n")
	if line and is_secret((line:gsub("\r$", "")), "auth " .. password) then
		socket.write(fd, OK)
		return true
	end
	socket.write(fd, "Invalid password\n" .. FAILED)
	return false
end

--- Runs the command of an HTTP request, or says why not.
---@param fd integer
---@param line string its first
local function answer_request(fd, line)
	local command, refusal = with_timeout(fd, http.read_command, fd, line, ip)
	if refusal then
		skynet.error("HTTP request refused : " .. refusal)
		socket.write(fd, "Refused: " .. refusal .. "\n" .. FAILED)
	elseif command then
		execute(fd, command)
	end
end

--- Runs the lines of a connection one after the other until it ends.
---@param fd integer
local function converse(fd)
	socket.limit(fd, MAX_LINE)
	socket.write(fd, "Welcome to skynet console\n")
	if not admit(fd) then
		return
	end
	while true do
		local line = socket.readline(fd, "\n")
		if not line then
			return
		end
		if http.is_request(line) then
			return answer_request(fd, line)
		end
		if line ~= "" then
			execute(fd, line)
		end
	end
end

---@param fd integer
---@param peer string
local function serve(fd, peer)
	assert(socket.start(fd))
	skynet.error(peer .. " connected")
	if connections < MAX_CONNECTIONS then
		connections = connections + 1
		local ok, failure = pcall(converse, fd)
		connections = connections - 1
		if not ok then
			skynet.error(fd, failure)
		end
	else
		socket.write(fd, "Too many connections\n" .. FAILED)
	end
	socket.close(fd)
	skynet.error(peer .. " disconnect")
end

skynet.start(function()
	local listener, _, actual_port = socket.listen(ip, port)
	skynet.error(string.format("Start debug console at %s:%d", ip, actual_port or port))
	socket.start(listener, serve)
end)
