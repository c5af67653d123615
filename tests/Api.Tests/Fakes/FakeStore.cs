using LifelongApi.Storage;
using LifelongApi.Storage.Access;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Tests.Fakes;

/// <summary>A store of API keys in memory that can be taken away.</summary>
internal sealed class FakeStore : ILifelongStore, IApiKeyStore
{
    private readonly List<ApiKeyRecord> _keys = [];

    public bool IsAway { get; set; }

    public TaskCompletionSource Migrated { get; } = new();

    public string Provider => "fake";

    public IJournal Journal => throw new InvalidOperationException("The endpoints do not touch the journal.");

    public IModelStore Models => throw new InvalidOperationException("The endpoints do not touch models.");

    public IVersionStore Versions => throw new InvalidOperationException("The endpoints do not touch versions.");

    public IProbeStore Probes => throw new InvalidOperationException("The endpoints do not touch probe sets.");

    public IEncoderStore Encoders { get; } = new FakeEncoders();

    public IApiKeyStore ApiKeys => this;

    public Task MigrateAsync(CancellationToken cancellation) => Migrated.Task.WaitAsync(cancellation);

    public Task<bool> IsReachableAsync(CancellationToken cancellation) => Task.FromResult(!IsAway);

    public Task<bool> AddAsync(ApiKeyRecord key, CancellationToken cancellation)
    {
        RequireHere();
        if (_keys.Exists(row => row.Name == key.Name))
        {
            return Task.FromResult(false);
        }

        _keys.Add(key);
        return Task.FromResult(true);
    }

    public Task<ApiKeyRecord?> FindAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation)
    {
        RequireHere();
        return Task.FromResult(_keys.Find(row => row.RevokedAt is null && row.Hash.Span.SequenceEqual(hash.Span)));
    }

    public Task<IReadOnlyList<ApiKeyRecord>> ListAsync(CancellationToken cancellation)
    {
        RequireHere();
        return Task.FromResult<IReadOnlyList<ApiKeyRecord>>([.. _keys]);
    }

    public Task<bool> RevokeAsync(string name, long revokedAt, CancellationToken cancellation)
    {
        RequireHere();
        var index = _keys.FindIndex(row => row.Name == name && row.RevokedAt is null);
        if (index < 0)
        {
            return Task.FromResult(false);
        }

        _keys[index] = _keys[index] with { RevokedAt = revokedAt };
        return Task.FromResult(true);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void RequireHere()
    {
        if (IsAway)
        {
            throw new StoreUnavailableException("away");
        }
    }
}
