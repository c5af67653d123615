using LifelongApi.Storage;

namespace LifelongApi.Api.Configuration;

/// <summary>
/// Brings the store's schema up to date after the start and tells when that is done: the one place that migrates and the one that knows whether the service is ready.
/// A store that is away is waited for.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="clock">For the pause between attempts.</param>
/// <param name="log">Where attempts are noted.</param>
internal sealed class StoreStartup(ILifelongStore store, TimeProvider clock, ILogger<StoreStartup> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isReady;

    /// <summary>Whether the schema is up to date.</summary>
    public bool IsReady => _isReady;

    /// <summary>Whether the schema is up to date and the store answers now.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation) => _isReady && await store.IsReachableAsync(cancellation);

    /// <summary>Throws while the schema is not up to date.</summary>
    /// <exception cref="StoreUnavailableException">It is not.</exception>
    public void ThrowIfNotReady()
    {
        if (!_isReady)
        {
            throw new StoreUnavailableException("The store has not been reached yet.");
        }
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);

        // Whoever starts the service and calls it at once should find it ready; a store that is away must not keep it from answering that.
        await Task.WhenAny(_tried.Task, ExecuteTask!, Task.Delay(Patience, clock, cancellationToken));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!_isReady)
        {
            try
            {
                await store.MigrateAsync(stoppingToken);
                _isReady = true;
                _tried.TrySetResult();
            }
            catch (StoreUnavailableException error)
            {
                _tried.TrySetResult();
                log.LogWarning("The database cannot be reached yet: {Reason}", error.Message);
                await Task.Delay(Pause, clock, stoppingToken);
            }
        }
    }
}
