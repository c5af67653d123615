using LifelongApi.Contracts.Journal;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>Something that listeners may be told: a folded event with its outcome, or a stored version.</summary>
/// <param name="Model">The model that it happened to.</param>
/// <param name="Sequence">Where in the stream.</param>
/// <param name="Event">The event; null for a version.</param>
/// <param name="Outcome">Its encoded outcome; empty where there is none.</param>
/// <param name="Version">The version; null for an event.</param>
internal sealed record FeedItem(HostedModel Model, long Sequence, JournalEvent? Event, ReadOnlyMemory<byte> Outcome, VersionRecord? Version);

/// <summary>
/// Tells listeners what happens in an open stream. The applier hands an item over and goes on: a listener that does not keep up loses items and is told which,
/// the writer never waits for one.
/// </summary>
internal sealed class EventFeed
{
    private readonly Lock _lock = new();
    private volatile FeedListener[] _listeners = [];
    private bool _isClosed;

    /// <summary>Whether somebody listens to a model.</summary>
    public bool IsHeard(HostedModel model)
    {
        foreach (var listener in _listeners)
        {
            if (listener.Model == model)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Begins to listen; dispose the listener to end it.</summary>
    /// <param name="model">The model to hear of.</param>
    /// <param name="capacity">Items that may wait.</param>
    public FeedListener Listen(HostedModel model, int capacity)
    {
        var listener = new FeedListener(model, capacity, Remove);
        lock (_lock)
        {
            if (_isClosed)
            {
                listener.Close();
            }
            else
            {
                _listeners = [.. _listeners, listener];
            }
        }

        return listener;
    }

    /// <summary>Tells those who listen to the item's model.</summary>
    public void Publish(FeedItem item)
    {
        foreach (var listener in _listeners)
        {
            if (listener.Model == item.Model)
            {
                listener.Offer(item);
            }
        }
    }

    /// <summary>Ends what is said to every listener: the stream closes.</summary>
    public void Close()
    {
        FeedListener[] listeners;
        lock (_lock)
        {
            _isClosed = true;
            listeners = _listeners;
            _listeners = [];
        }

        foreach (var listener in listeners)
        {
            listener.Close();
        }
    }

    private void Remove(FeedListener listener)
    {
        lock (_lock)
        {
            _listeners = [.. _listeners.Where(other => other != listener)];
        }
    }
}
