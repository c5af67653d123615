using LifelongApi.Storage.Access;
using LifelongApi.Storage.Encoders;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;
using LifelongApi.Storage.Probes;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Storage;

/// <summary>
/// The durable side of the service: SQLite or Postgres behind one set of ports. It moves bytes; it does not learn.
/// Every method is safe to call from several threads. A store that cannot be reached throws
/// <see cref="StoreUnavailableException"/>; any other exception is a programmer's error.
/// </summary>
public interface ILifelongStore : IAsyncDisposable
{
    /// <summary>Which database this is: <c>sqlite</c> or <c>postgres</c>.</summary>
    string Provider { get; }

    /// <summary>
    /// Brings the schema up to date, and removes what saves that a kill ended have left; safe after a kill in the middle of an earlier attempt and with several hosts starting at once.
    /// </summary>
    Task MigrateAsync(CancellationToken cancellation);

    /// <summary>Whether a trivial query succeeds now. Never throws <see cref="StoreUnavailableException"/>.</summary>
    Task<bool> IsReachableAsync(CancellationToken cancellation);

    /// <summary>Streams, events, tasks, outcomes.</summary>
    IJournal Journal { get; }

    /// <summary>Models and lineages.</summary>
    IModelStore Models { get; }

    /// <summary>Versions and their pages.</summary>
    IVersionStore Versions { get; }

    /// <summary>Probe sets of tasks and the scores of models on them.</summary>
    IProbeStore Probes { get; }

    /// <summary>Files of encoders.</summary>
    IEncoderStore Encoders { get; }

    /// <summary>API keys.</summary>
    IApiKeyStore ApiKeys { get; }
}
