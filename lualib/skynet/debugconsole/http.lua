-- Reads a console command that arrives as an HTTP request (`curl host:port/list`). The answer is not HTTP.

local socket = require "skynet.socket"

local M = {}

local MAX_BODY <const> = 64 * 1024

---@param line string
---@return boolean
function M.is_request(line)
	return line:find "^GET " ~= nil or line:find "^POST " ~= nil
end

--- Skips the header fields, all but the length of the body.
---@return integer? length nil when the connection ended first
local function read_header(fd)
	local length = 0
	while true do
		local line = socket.readline(fd, "\n")
		if not line then
			return nil
		end
		line = line:gsub("\r$", "")
		if line == "" then
			return length
		end
		local field, value = line:match "^(%S+):%s*(%d+)%s*$"
		if field and field:lower() == "content-length" then
			length = math.tointeger(tonumber(value)) or MAX_BODY + 1
		end
	end
end

local function unescape(text)
	return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- The command inside the request: the body of a POST, the path of a GET with blanks for slashes.
---@param fd integer
---@param first_line string
---@return string? command nil when the request is not one
function M.read_command(fd, first_line)
	local length = read_header(fd)
	if not length or length > MAX_BODY then
		return nil
	end
	if first_line:find "^POST " then
		return length > 0 and socket.read(fd, length) or nil
	end
	local path = first_line:match "^GET%s+/([^%s?]*)"
	return path and (unescape(path):gsub("/", " ")) or nil
end

return M
