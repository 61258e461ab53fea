-- What a connection may cost and how strict it is: by its options, else by the configuration, else by default.

local skynet = require "skynet"

local settings = {}

-- Skynet's clients read frames of any size. What comes is kept while it comes, so there is an end to that.
local SERVER_LIMIT <const> = 16 << 20
local CLIENT_LIMIT <const> = 64 << 20

---@class http.websocket.settings
---@field limit? integer bytes of a message of the peer; the key `websocket_limit` of the configuration
---@field masking? "any"|"strict" whether a peer is refused that masks as a server, or does not as a client; the key
--- `websocket_masking`. Clients of skynet do not mask unless they are told to.

local MASKING = { any = true, strict = true }

local function limit_of(options, default)
	local given = options and options.limit or skynet.getenv "websocket_limit" or default
	local limit = math.tointeger(tonumber(given))
	if not limit or limit < 1 then
		error(("limit of a WebSocket: a whole number of bytes above 0 was expected, not %s"):format(given), 0)
	end
	return limit
end

local function is_strict(options)
	local given = options and options.masking or skynet.getenv "websocket_masking" or "any"
	if not MASKING[given] then
		error(('masking of a WebSocket: "any" or "strict" was expected, not %s'):format(given), 0)
	end
	return given == "strict"
end

---@param options? http.websocket.settings
---@return {limit: integer, mask: "any"|boolean}
function settings.server(options)
	return { limit = limit_of(options, SERVER_LIMIT), mask = is_strict(options) or "any" }
end

---@param options? http.websocket.settings
---@return {limit: integer, mask: "any"|boolean}
function settings.client(options)
	return { limit = limit_of(options, CLIENT_LIMIT), mask = not is_strict(options) and "any" }
end

return settings
