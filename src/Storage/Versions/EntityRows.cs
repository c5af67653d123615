using System.Globalization;
using System.Text;
using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Versions;

/// <summary>Rows of entities that a model had no room for, written with its versions.</summary>
internal static class EntityRows
{
    private const int RowsPerInsert = 200;
    private const int EntitiesPerQuery = 500;

    /// <summary>Adds the rows of a version. One that is there already was left by the same event, before a kill or in a replay: it has the same bytes.</summary>
    public static async Task AddAsync(LifelongContext context, NewVersion version, CancellationToken cancellation)
    {
        foreach (var chunk in version.Entities.Chunk(RowsPerInsert))
        {
            var sql = new StringBuilder("INSERT INTO entity_rows (model_id, lineage, entity, sequence, bytes) VALUES ");
            var values = new List<object> { version.ModelId, version.Lineage };
            foreach (var (entity, sequence, bytes) in chunk)
            {
                sql.Append(values.Count == 2 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"({{0}}, {{1}}, {{{values.Count}}}, {{{values.Count + 1}}}, {{{values.Count + 2}}})");
                values.AddRange([unchecked((long)entity), sequence, AppendBatch.ToArray(bytes)]);
            }

            await context.Database.ExecuteSqlRawAsync(sql.Append(" ON CONFLICT (model_id, entity, lineage, sequence) DO NOTHING").ToString(), values, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The newest row of each entity; what a lineage lacks, its parent may have.</summary>
    public static async Task<IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>>> FindAsync(
        LifelongContext context, long modelId, IReadOnlyList<LineageReach> ancestry, IReadOnlyCollection<ulong> entities, CancellationToken cancellation)
    {
        var found = new Dictionary<ulong, ReadOnlyMemory<byte>>();
        foreach (var (lineage, last) in ancestry)
        {
            foreach (var keys in entities.Where(entity => !found.ContainsKey(entity)).Select(entity => unchecked((long)entity)).Chunk(EntitiesPerQuery))
            {
                var rows = await context.Entities
                    .Where(row => row.ModelId == modelId && row.Lineage == lineage && row.Sequence <= last && keys.Contains(row.Entity)
                        && !context.Entities.Any(newer => newer.ModelId == modelId && newer.Entity == row.Entity && newer.Lineage == lineage && newer.Sequence > row.Sequence && newer.Sequence <= last))
                    .Select(row => new { row.Entity, row.Bytes }).ToListAsync(cancellation).ConfigureAwait(false);
                rows.ForEach(row => found.Add(unchecked((ulong)row.Entity), row.Bytes));
            }

            if (found.Count == entities.Count)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The newest row of every entity on one lineage, by its key as a signed number.</summary>
    public static async Task<IReadOnlyList<StoredEntity>> ListAsync(LifelongContext context, long modelId, LineageReach reach, ulong? after, int limit, CancellationToken cancellation)
    {
        var (lineage, last) = reach;
        var rows = context.Entities.Where(row => row.ModelId == modelId && row.Lineage == lineage && row.Sequence <= last
            && !context.Entities.Any(newer => newer.ModelId == modelId && newer.Entity == row.Entity && newer.Lineage == lineage && newer.Sequence > row.Sequence && newer.Sequence <= last));
        if (after is { } key)
        {
            var signed = unchecked((long)key);
            rows = rows.Where(row => row.Entity > signed);
        }

        var page = await rows.OrderBy(row => row.Entity).Take(limit).Select(row => new { row.Entity, row.Sequence, row.Bytes }).ToListAsync(cancellation).ConfigureAwait(false);
        return page.ConvertAll(row => new StoredEntity(unchecked((ulong)row.Entity), row.Sequence, row.Bytes));
    }

    /// <summary>Deletes rows after which the entity left again before any version, or lineage that began at one, could have looked.</summary>
    public static async Task<int> PruneAsync(LifelongContext context, long modelId, IReadOnlyCollection<ulong> entities, CancellationToken cancellation)
    {
        var deleted = 0;
        foreach (var keys in entities.Select(entity => unchecked((long)entity)).Chunk(EntitiesPerQuery))
        {
            deleted += await context.Entities
                .Where(row => row.ModelId == modelId && keys.Contains(row.Entity)
                    && context.Entities.Any(newer => newer.ModelId == modelId && newer.Entity == row.Entity && newer.Lineage == row.Lineage && newer.Sequence > row.Sequence
                        && !context.Versions.Any(version => version.ModelId == modelId && version.Lineage == row.Lineage && version.Sequence >= row.Sequence && version.Sequence < newer.Sequence)
                        && !context.Lineages.Any(child => child.ModelId == modelId && child.Parent == row.Lineage && child.ParentSequence >= row.Sequence && child.ParentSequence < newer.Sequence)))
                .ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
        }

        return deleted;
    }
}
