using LifelongApi.Storage.Journal;

namespace LifelongApi.Api.Hosting;

/// <summary>Outcomes of a model that were made since the last commit, and the last few thousand for duplicates that come soon. Safe for any thread.</summary>
/// <param name="capacity">How many to remember.</param>
internal sealed class RecentOutcomes(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, byte[]> _bySequence = [];
    private readonly Queue<long> _order = new();
    private List<OutcomeRow> _unwritten = [];

    /// <summary>Whether there is something to write.</summary>
    public bool HasUnwritten
    {
        get
        {
            lock (_lock)
            {
                return _unwritten.Count > 0;
            }
        }
    }

    /// <summary>Adds an outcome.</summary>
    public void Add(OutcomeRow row, byte[] payload)
    {
        lock (_lock)
        {
            if (_bySequence.TryAdd(row.Sequence, payload))
            {
                _unwritten.Add(row);
                _order.Enqueue(row.Sequence);
                while (_order.Count > capacity)
                {
                    _bySequence.Remove(_order.Dequeue());
                }
            }
        }
    }

    /// <summary>An outcome by sequence, or null.</summary>
    public byte[]? Find(long sequence)
    {
        lock (_lock)
        {
            return _bySequence.GetValueOrDefault(sequence);
        }
    }

    /// <summary>Takes what is to be written.</summary>
    public List<OutcomeRow> TakeUnwritten()
    {
        lock (_lock)
        {
            var rows = _unwritten;
            _unwritten = [];
            return rows;
        }
    }

    /// <summary>Gives back what could not be written; writing it twice leaves the first.</summary>
    public void GiveBack(List<OutcomeRow> rows)
    {
        lock (_lock)
        {
            _unwritten.InsertRange(0, rows);
        }
    }
}
