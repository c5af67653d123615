using LifelongApi.Storage;

namespace LifelongApi.Api.Hosting;

/// <summary>The life of hosting: brings the schema up to date, keeps house while the service runs, closes every model with a final version at the end.</summary>
internal sealed class HostLife(HostingContext context, StreamRegistry registry) : BackgroundService
{
    private readonly TaskCompletionSource _migrated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the schema is up to date and the store answers now: what <c>/readyz</c> asks.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation) =>
        _migrated.Task.IsCompletedSuccessfully && await context.Store.IsReachableAsync(cancellation);

    /// <summary>Throws while the schema is not up to date.</summary>
    public void ThrowIfNotReady()
    {
        if (!_migrated.Task.IsCompletedSuccessfully)
        {
            throw new StoreUnavailableException("The store has not been reached yet.");
        }
    }

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryMigrateAsync(TimeSpan.Zero, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await registry.ShutDownAsync();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var delay = TimeSpan.FromMilliseconds(100);
            while (!_migrated.Task.IsCompleted)
            {
                await Task.Delay(delay, context.Time, stoppingToken);
                delay = TimeSpan.FromSeconds(Math.Min(delay.TotalSeconds * 2, context.Options.StoreRetrySeconds));
                await TryMigrateAsync(delay, stoppingToken);
            }

            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(context.Options.HousekeepingSeconds), context.Time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await KeepHouseAsync();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task KeepHouseAsync()
    {
        try
        {
            await registry.KeepHouseAsync();
        }
        catch (Exception reason)
        {
            // One stream's trouble must not end the housekeeping of all.
            context.Logger.HousekeepingFailed("*", reason);
        }
    }

    private async Task TryMigrateAsync(TimeSpan delay, CancellationToken cancellation)
    {
        try
        {
            await context.Store.MigrateAsync(cancellation);
            _migrated.TrySetResult();
        }
        catch (StoreUnavailableException reason)
        {
            context.Logger.StoreNotReady(delay, reason);
        }
    }
}
