-- Reads a console command that arrives as an HTTP request (`curl host:port/list`). The answer is not HTTP.
-- A browser sends requests wherever a web page tells it to, also to consoles of its own machine, so nothing is taken
-- that carries a page's marks, or that reached this address under a name that is not its own.

local socket = require "skynet.socket"

local M = {}

local MAX_BODY <const> = 64 * 1024

---@param line string
---@return boolean
function M.is_request(line)
	return line:find "^GET " ~= nil or line:find "^POST " ~= nil or line:find "^%u+ %S+ HTTP/%d" ~= nil
end

---@class debugconsole.header
---@field length integer of the body
---@field refusal string? why the request is not taken

local FIELD = {} ---@type table<string, fun(header: debugconsole.header, value: string, own_host: string)>

FIELD["content-length"] = function(header, value)
	header.length = value:find "^%d+$" and math.tointeger(tonumber(value)) or MAX_BODY + 1
end

-- The name of a host may belong to whoever wrote the page, whatever address it leads to; an address can't.
function FIELD.host(header, value, own_host)
	local host = value:lower():gsub(":%d*$", "")
	local is_address = host:find "^%d+%.%d+%.%d+%.%d+$" or host:find "^%[[%x:.]+%]$"
	if not is_address and host ~= "localhost" and host ~= own_host:lower() then
		header.refusal = "Host " .. value .. " is not this console; ask for it by its address"
	end
end

function FIELD.origin(header)
	header.refusal = "requests of web pages are not taken"
end

FIELD.referer = FIELD.origin

FIELD["sec-fetch-site"] = function(header, value)
	if value ~= "none" then
		FIELD.origin(header)
	end
end

--- Skips the header fields, all but those above.
---@return debugconsole.header? header nil when the connection ended first
local function read_header(fd, own_host)
	local header = { length = 0 }
	while true do
		local line = socket.readline(fd, "\n")
		if not line then
			return nil
		end
		line = line:gsub("\r$", "")
		if line == "" then
			return header
		end
		local name, value = line:match "^([^%s:]+)%s*:%s*(.-)%s*$"
		local field = name and FIELD[name:lower()]
		if field then
			field(header, value, own_host)
		end
	end
end

local function unescape(text)
	return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- The command inside the request: the body of a POST, the path of a GET with blanks for slashes.
---@param fd integer
---@param first_line string
---@param own_host string where the console listens
---@return string? command nil when the request is not one
---@return string? refusal
function M.read_command(fd, first_line, own_host)
	local header = read_header(fd, own_host)
	if not header then
		return nil
	elseif header.refusal then
		return nil, header.refusal
	elseif header.length > MAX_BODY then
		return nil, "the body is too long"
	end
	if first_line:find "^POST " then
		return header.length > 0 and socket.read(fd, header.length) or nil
	end
	local path = first_line:match "^GET%s+/([^%s?]*)"
	return path and (unescape(path):gsub("/", " ")) or nil
end

return M
