using System.Collections.Concurrent;
using System.Security.Cryptography;
using LifelongApi.Api.Configuration;
using LifelongApi.Storage;
using LifelongApi.Storage.Access;
using Microsoft.Extensions.Options;

namespace LifelongApi.Api.Access;

/// <summary>
/// All API keys: those of the configuration and those of the store. What the store said is trusted for a few seconds,
/// and for as long as the store is away, so that predicting goes on without it.
/// </summary>
/// <param name="configured">Keys of the configuration.</param>
/// <param name="store">Keys of the store.</param>
/// <param name="options">How long to trust.</param>
/// <param name="clock">The time.</param>
internal sealed class ApiKeys(ConfiguredKeys configured, ILifelongStore store, IOptions<ApiOptions> options, TimeProvider clock)
{
    private const int MaxRemembered = 4096;
    private readonly ConcurrentDictionary<string, Remembered> _known = new(StringComparer.Ordinal);
    private readonly TimeSpan _lifetime = TimeSpan.FromSeconds(options.Value.KeyLifetimeSeconds);
    private Remembered? _any;

    /// <summary>Whether there is any key at all, so that callers must show one.</summary>
    public ValueTask<bool> AnyAsync(CancellationToken cancellation)
    {
        if (configured.Count > 0)
        {
            return ValueTask.FromResult(true);
        }

        return _any is { } last && clock.GetUtcNow() < last.FreshUntil ? ValueTask.FromResult(last.Caller is not null) : AskAnyAsync(cancellation);
    }

    /// <summary>Who holds a key, or null for an unknown one.</summary>
    public async ValueTask<Caller?> FindAsync(string key, CancellationToken cancellation)
    {
        var hash = ConfiguredKeys.HashOf(key);
        if (configured.Find(hash) is { } caller)
        {
            return caller;
        }

        var id = Convert.ToHexString(hash);
        if (_known.TryGetValue(id, out var known) && clock.GetUtcNow() < known.FreshUntil)
        {
            return known.Caller;
        }

        try
        {
            var row = await store.ApiKeys.FindAsync(hash, cancellation);
            caller = row is not null && row.RevokedAt is null && CryptographicOperations.FixedTimeEquals(row.Hash.Span, hash) && Scopes.TryParse(row.Scopes, out var scopes)
                ? new Caller(row.Name, scopes)
                : null;
        }
        catch (StoreUnavailableException) when (known?.Caller is not null)
        {
            caller = known.Caller;
        }

        Keep(id, caller);
        return caller;
    }

    /// <summary>Forgets what the store said, after this host changed it.</summary>
    public void Forget()
    {
        _known.Clear();
        _any = null;
    }

    private async ValueTask<bool> AskAnyAsync(CancellationToken cancellation)
    {
        try
        {
            var rows = await store.ApiKeys.ListAsync(cancellation);
            _any = Remember(rows.Any(row => row.RevokedAt is null) ? new Caller(null, Scope.None) : null);
        }
        catch (StoreUnavailableException) when (_any is { } stale)
        {
            // Asking again for every request would make each of them wait for the store.
            _any = Remember(stale.Caller);
        }

        return _any!.Caller is not null;
    }

    private void Keep(string id, Caller? caller)
    {
        if (caller is null)
        {
            // Unknown keys are not remembered: anyone could fill the memory with them.
            _known.TryRemove(id, out _);
            return;
        }

        if (_known.Count >= MaxRemembered)
        {
            _known.Clear();
        }

        _known[id] = Remember(caller);
    }

    private Remembered Remember(Caller? caller) => new(caller, clock.GetUtcNow() + _lifetime);

    private sealed record Remembered(Caller? Caller, DateTimeOffset FreshUntil);
}
