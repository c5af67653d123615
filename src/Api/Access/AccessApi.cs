using System.Buffers.Text;
using System.Security.Cryptography;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;
using LifelongApi.Storage.Access;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Access;

/// <summary>Endpoints for API keys.</summary>
internal static class AccessApi
{
    private const int KeyBytes = 32;

    /// <summary>Maps <c>/v1/admin/keys</c>.</summary>
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/v1/admin/keys").WithTags("Access").RequireScope(Scope.Admin);
        keys.MapPost("", CreateAsync).Describe(AccessDescriptions.Create);
        keys.MapGet("", ListAsync).Describe(AccessDescriptions.List);
        keys.MapDelete("/{name}", RevokeAsync).Describe(AccessDescriptions.Revoke);
    }

    private static async Task<IResult> CreateAsync(HttpContext context, ILifelongStore store, ConfiguredKeys configured, ApiKeys keys, TimeProvider clock, IOptions<ApiOptions> options)
    {
        var request = await RequestBody.ReadJsonAsync<CreateApiKeyRequest>(context, options.Value.MaxBodyBytes);
        NameRule.Require(request.Name, "name");
        var words = string.Join(' ', request.Scopes);
        if (!Scopes.TryParse(words, out var scopes))
        {
            throw ProblemException.Invalid("scopes", "Give one or more of predict, learn, read, admin.");
        }

        if (scopes != Scope.Admin && !configured.HasAdmin && !await HasAdminAsync(store, except: null, context.RequestAborted))
        {
            throw ProblemException.Conflict("The first key must have the scope 'admin': from then on every call needs a key, and no other could make one.");
        }

        var key = "lla_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        var now = clock.GetUtcNow();
        var record = new ApiKeyRecord(request.Name, ConfiguredKeys.HashOf(key), words, (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, null);
        if (configured.Contains(request.Name) || !await store.ApiKeys.AddAsync(record, context.RequestAborted))
        {
            throw new ProblemException(StatusCodes.Status409Conflict, ProblemTypes.AlreadyExists, "Already exists", $"There is a key '{request.Name}' already; names are not used twice.");
        }

        keys.Forget();
        var info = Info(record);
        return Answers.Created($"/v1/admin/keys/{request.Name}", new ApiKeyCreated { Name = info.Name, Scopes = info.Scopes, CreatedAt = info.CreatedAt, Key = key });
    }

    private static async Task<IResult> ListAsync(HttpContext context, ILifelongStore store)
    {
        QueryRules.RequireKnown(context);
        var rows = await store.ApiKeys.ListAsync(context.RequestAborted);
        return Answers.Ok(new Page<ApiKeyInfo> { Items = [.. rows.Select(Info)] });
    }

    private static async Task<IResult> RevokeAsync(string name, HttpContext context, ILifelongStore store, ConfiguredKeys configured, ApiKeys keys, TimeProvider clock)
    {
        var rows = await store.ApiKeys.ListAsync(context.RequestAborted);
        var isLast = rows.Count(row => row.RevokedAt is null) == 1;
        if (!isLast && !configured.HasAdmin && !await HasAdminAsync(store, except: name, context.RequestAborted) && rows.Any(row => row.Name == name && row.RevokedAt is null))
        {
            throw ProblemException.Conflict($"'{name}' is the last key with the scope 'admin'; revoke the others first, or make another.");
        }

        if (!await store.ApiKeys.RevokeAsync(name, (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond, context.RequestAborted))
        {
            throw ProblemException.NotFound($"There is no key '{name}' to revoke; keys of the configuration are removed there.");
        }

        keys.Forget();
        return Results.NoContent();
    }

    private static async Task<bool> HasAdminAsync(ILifelongStore store, string? except, CancellationToken cancellation) =>
        (await store.ApiKeys.ListAsync(cancellation)).Any(row =>
            row.RevokedAt is null && row.Name != except && Scopes.TryParse(row.Scopes, out var scopes) && scopes == Scope.Admin);

    private static ApiKeyInfo Info(ApiKeyRecord row) => new()
    {
        Name = row.Name,
        Scopes = row.Scopes.Split(' '),
        CreatedAt = Time(row.CreatedAt),
        RevokedAt = row.RevokedAt is { } revoked ? Time(revoked) : null,
    };

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
}
