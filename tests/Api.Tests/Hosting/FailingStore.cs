using System.Reflection;
using LifelongApi.Storage;
using LifelongApi.Storage.Access;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>A real store whose process dies at its n-th call: that call is lost before or after it was done, and nothing arrives any more.</summary>
internal sealed class FailingStore : ILifelongStore
{
    private readonly ILifelongStore _inner;
    private volatile int _fatal;
    private readonly bool _isDone;
    private int _calls;

    public FailingStore(ILifelongStore inner, int fatal, bool isDone)
    {
        (_inner, _fatal, _isDone) = (inner, fatal, isDone);
        Journal = Port<IJournal>.Before(inner.Journal, this);
        Models = Port<IModelStore>.Before(inner.Models, this);
        Versions = Port<IVersionStore>.Before(inner.Versions, this);
        Probes = Port<IProbeStore>.Before(inner.Probes, this);
    }

    /// <summary>Whether the fatal call was reached.</summary>
    public bool IsDead => Volatile.Read(ref _calls) >= _fatal;

    /// <summary>Dies now.</summary>
    public void Die() => _fatal = 0;

    public string Provider => _inner.Provider;

    public IJournal Journal { get; }

    public IModelStore Models { get; }

    public IVersionStore Versions { get; }

    public IProbeStore Probes { get; }

    public IEncoderStore Encoders => _inner.Encoders;

    public IApiKeyStore ApiKeys => _inner.ApiKeys;

    public Task MigrateAsync(CancellationToken cancellation) => _inner.MigrateAsync(cancellation);

    public Task<bool> IsReachableAsync(CancellationToken cancellation) => _inner.IsReachableAsync(cancellation);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    private static StoreUnavailableException Dead() => new("The process is dead.");

    /// <summary>One port of the store. The runtime derives from it.</summary>
#pragma warning disable CA1852
    private class Port<T> : DispatchProxy
        where T : class
#pragma warning restore CA1852
    {
        private T _inner = null!;
        private FailingStore _store = null!;

        public static T Before(T inner, FailingStore store)
        {
            var proxy = Create<T, Port<T>>();
            var port = (Port<T>)(object)proxy;
            (port._inner, port._store) = (inner, store);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var call = Interlocked.Increment(ref _store._calls);
            if (call > _store._fatal || (call == _store._fatal && !_store._isDone))
            {
                throw Dead();
            }

            var result = targetMethod!.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
            if (call == _store._fatal)
            {
                // Done, but nobody hears of it.
                (result as Task)?.GetAwaiter().GetResult();
                throw Dead();
            }

            return result;
        }
    }
}
