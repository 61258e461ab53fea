-- The client's half of HTTP/1.1. Every request has a connection of its own.

local require = require -- scripts may replace it later
local skynet = require "skynet"
local sockethelper = require "http.sockethelper"
local internal = require "http.internal"
local address = require "http.address"
local transport = require "http.transport"

local httpc = {
	timeout = nil, ---@type integer? ticks, for connecting and then for the whole exchange
}

local resolver -- skynet.dns, once `httpc.dns` was called

local DEFAULT_PORT = {
	http = 80,
	https = 443,
}

local OPEN = {
	http = transport.plain,
	https = transport.tls_client,
}

---From now on names are resolved by skynet.dns, which does not block the service.
---@param server? string
---@param port? integer
function httpc.dns(server, port)
	resolver = require "skynet.dns"
	if server then
		resolver.server(server, port)
	end
end

-- When the time is over the socket is shut down, and whoever reads from it gets the error. A body that comes piece by
-- piece may take its time.
local function limit_time(exchange, timeout)
	skynet.timeout(timeout, function()
		if not (exchange.over or exchange.streams) then
			sockethelper.shutdown(exchange.fd)
		end
	end)
end

local function finish(exchange)
	if not exchange.over then
		exchange.over = true
		sockethelper.close(exchange.fd)
		if exchange.interface then
			exchange.interface.release()
		end
	end
end

local function connect(target, timeout)
	local scheme, authority, host, port = address.parse(target, "http")
	local open = OPEN[scheme] or error("Invalid protocol: " .. scheme)
	local resolved = resolver and resolver.resolve(host) or host
	local fd = sockethelper.connect(resolved, port or DEFAULT_PORT[scheme], timeout)
	local exchange = { fd = fd, authority = authority, over = false }
	if timeout then
		limit_time(exchange, timeout)
	end
	local ok, interface = pcall(open, fd, host)
	if not ok then
		finish(exchange)
		error(interface, 0)
	end
	exchange.interface = interface
	return exchange
end

-- Connects, sends, reads the header, and hands all of it to `receive`; closes when either fails.
local function perform(receive, method, host, url, recvheader, header, content)
	local exchange = connect(host, httpc.timeout)
	local interface = exchange.interface
	local ok, result, status = pcall(function()
		local code, body, fields = internal.request(
			interface, method, exchange.authority, url, recvheader, header, content)
		return receive(interface, code, body, fields), code
	end)
	if not ok then
		finish(exchange)
		error(result, 0)
	end
	return exchange, status, result
end

---@param method string
---@param host string `[scheme://]name[:port]`
---@param url string
---@param recvheader? table receives the response's header
---@param header? table gains `Host`
---@param content? string
---@return integer status
---@return string body
function httpc.request(method, host, url, recvheader, header, content)
	local exchange, status, body = perform(internal.response, method, host, url, recvheader, header, content)
	finish(exchange)
	return status, body
end

---A HEAD request: its response announces a body, but has none.
---@param host string
---@param url string
---@param recvheader? table
---@param header? table
---@param content? string
---@return integer status
function httpc.head(host, url, recvheader, header, content)
	local function ignore_body() end
	local exchange, status = perform(ignore_body, "HEAD", host, url, recvheader, header, content)
	finish(exchange)
	return status
end

---Like `request`, but the body comes piece by piece: `for part, stream in httpc.request_stream(...) do`.
---@param method string
---@param host string
---@param url string
---@param recvheader? table
---@param header? table
---@param content? string
---@return http.stream
function httpc.request_stream(method, host, url, recvheader, header, content)
	local exchange, _, stream = perform(internal.response_stream, method, host, url, recvheader, header, content)
	exchange.streams = true
	stream.release = function()
		finish(exchange)
	end
	return stream
end

---@param host string
---@param url string
---@param recvheader? table
---@param header? table
---@param content? string
---@return integer status
---@return string body
function httpc.get(host, url, recvheader, header, content)
	return httpc.request("GET", host, url, recvheader, header, content)
end

local function escape(text)
	return (tostring(text):gsub("[^%w_]", function(character)
		return ("%%%02X"):format(character:byte())
	end))
end

---Posts a form.
---@param host string
---@param url string
---@param form table<string, any>
---@param recvheader? table
---@return integer status
---@return string body
function httpc.post(host, url, form, recvheader)
	local items = {}
	for key, value in pairs(form) do
		items[#items + 1] = escape(key) .. "=" .. escape(value)
	end
	local header = { ["content-type"] = "application/x-www-form-urlencoded" }
	return httpc.request("POST", host, url, recvheader, header, table.concat(items, "&"))
end

return httpc
