using LifelongApi.Api.OpenApi;
using LifelongApi.Contracts.Models;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Access;

/// <summary>What the documentation says about API keys.</summary>
internal static class AccessDescriptions
{
    private const string Row = """{"name":"operator","scopes":["admin"],"createdAt":"2026-03-01T12:00:00+00:00"}""";

    public static OperationDescription Create { get; } = new("Make an API key", "The key is in this answer and never again; only its hash is kept. The first key needs the scope admin.")
    {
        Bodies = [Json<CreateApiKeyRequest>("""{"name":"operator","scopes":["admin"]}""")],
        Answers = [Created<ApiKeyCreated>("The key.", """{"key":"lla_Jb6k0sLq6bYkq5oV3k2m4n8p0r1s2t3u4v5w6x7y8z9","name":"operator","scopes":["admin"],"createdAt":"2026-03-01T12:00:00+00:00"}""")],
        Problems = [400, 409, 413, 415],
    };

    public static OperationDescription List { get; } = new("List API keys", "Keys that were made here, revoked ones included, without the keys themselves. Keys of the configuration are not listed.")
    {
        Answers = [Ok<Page<ApiKeyInfo>>("The keys.", $$"""{"items":[{{Row}}]}""")],
        Problems = [400],
    };

    public static OperationDescription Revoke { get; } = new("Revoke an API key", "Takes effect at once on this host, and on others within seconds.")
    {
        Answers = [NoContent("It is revoked.")],
        Problems = [404, 409],
    };
}
