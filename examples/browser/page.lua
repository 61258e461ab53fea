-- Accepts lua: start(conf) -> address, port. Serves the two files of the page over HTTP, and nothing else.
-- A few requests a player come here; everything after them goes through the gate.

local skynet = require "skynet"
local socket = require "skynet.socket"
local httpd = require "http.httpd"
local sockethelper = require "http.sockethelper"

local PATIENCE = 500 -- a client has five seconds for its request, in hundredths of a second

local answers = {} -- path -> { body, header }

local CMD = {}

-- A page may take scripts from its own server only, and connect to gates only.
local POLICY = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src ws: wss:"

local function load(directory, name, kind, words)
	local file <close> = assert(io.open(directory .. name, "rb"))
	local text = file:read "a"
	return {
		body = text:gsub("{{(%w+)}}", words),
		header = {
			["content-type"] = kind .. "; charset=utf-8",
			["content-security-policy"] = POLICY,
			["cache-control"] = "no-cache",
			["connection"] = "close",
		},
	}
end

local function answer(write, status, url, method)
	if status ~= 200 then
		return httpd.write_response(write, status)
	end
	local found = answers[url:match "^[^?]*"]
	if method ~= "GET" then
		httpd.write_response(write, 405, nil, { allow = "GET" })
	elseif found then
		httpd.write_response(write, 200, found.body, found.header)
	else
		httpd.write_response(write, 404, "There is nothing here.\n")
	end
end

local function serve(id)
	socket.start(id)
	-- Whoever connects and says nothing would keep a socket for ever.
	local waiting = true
	skynet.timeout(PATIENCE, function()
		if waiting then
			socket.shutdown(id)
		end
	end)
	local status, url, method = httpd.read_request(sockethelper.readfunc(id), 0)
	waiting = false
	if status then
		answer(sockethelper.writefunc(id), status, url, method)
	end
	socket.close(id)
end

---Opens the listener. `conf.gate` is where the page finds the gate: its address, and the port it really has.
function CMD.start(conf)
	local words = { address = conf.gate.address, port = tostring(conf.gate.port) }
	answers["/"] = load(conf.directory, "index.html", "text/html", words)
	answers["/chat.js"] = load(conf.directory, "chat.js", "text/javascript", words)
	local listener, address, port = socket.listen(conf.address, conf.port)
	socket.start(listener, function(id)
		skynet.fork(serve, id)
	end)
	return address, port
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, cmd, ...)
		skynet.retpack(CMD[cmd](...))
	end)
end)
