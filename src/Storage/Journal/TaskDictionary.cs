using LifelongApi.Storage.Schema;

namespace LifelongApi.Storage.Journal;

/// <summary>
/// The task names of a stream as the holder of one epoch knows them. Only the holder adds names, so the copy in memory is exact
/// as long as every name given a number was also committed: after a failed append the copy is thrown away.
/// </summary>
internal sealed class TaskDictionary(long streamId, long epoch, IEnumerable<TaskRow> stored)
{
    private readonly Dictionary<string, int> _ids = stored.ToDictionary(row => row.Name, row => row.Id, StringComparer.Ordinal);

    /// <summary>Epoch for which the copy is exact.</summary>
    public long Epoch => epoch;

    /// <summary>The number of a task; an unknown name gets the next one and is added to <paramref name="added"/>.</summary>
    public int Number(string name, List<TaskRow> added)
    {
        lock (_ids)
        {
            if (!_ids.TryGetValue(name, out var id))
            {
                id = _ids.Count + 1;
                _ids.Add(name, id);
                added.Add(new TaskRow { StreamId = streamId, Id = id, Name = name });
            }

            return id;
        }
    }
}
