namespace LifelongApi.Api.Access;

/// <summary>Body of <c>POST /v1/admin/keys</c>.</summary>
public sealed record CreateApiKeyRequest
{
    /// <summary>Unique name: the actor of everything done with the key.</summary>
    public required string Name { get; init; }

    /// <summary>One or more of <c>predict</c>, <c>learn</c>, <c>read</c>, <c>admin</c>.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }
}

/// <summary>An API key as it is listed: without the key.</summary>
public record ApiKeyInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it may do.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was revoked, where it was.</summary>
    public DateTimeOffset? RevokedAt { get; init; }
}

/// <summary>A new API key. The key is shown this once; only its hash is kept.</summary>
public sealed record ApiKeyCreated : ApiKeyInfo
{
    /// <summary>The key.</summary>
    public required string Key { get; init; }
}
