using LifelongApi.Storage.Connections;
using LifelongApi.Storage.Schema;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Encoders;

/// <summary>Encoders on either database.</summary>
internal sealed class EncoderStore(LifelongDatabase database) : IEncoderStore
{
    /// <inheritdoc/>
    public Task<(EncoderRecord Encoder, bool Created)> SaveAsync(NewEncoder encoder, CancellationToken cancellation)
        => database.WriteAsync("saving an encoder", async context =>
        {
            // Two uploads at once: the second waits here, and finds the first.
            await database.LockEncodersAsync(context, cancellation).ConfigureAwait(false);
            var hash = encoder.Hash.ToArray();
            var present = await Records(context.Encoders.Where(row => row.Name == encoder.Name)).SingleOrDefaultAsync(cancellation).ConfigureAwait(false)
                ?? await Records(context.Encoders.Where(row => row.Hash == hash)).SingleOrDefaultAsync(cancellation).ConfigureAwait(false);
            if (present is not null)
            {
                return (present, false);
            }

            context.Encoders.Add(ToRow(encoder));
            await context.SaveChangesAsync(cancellation).ConfigureAwait(false);
            return (new EncoderRecord(encoder.Name, hash, encoder.Runtime, encoder.OutputLength, encoder.Description, encoder.Bytes.Length, encoder.CreatedAt), true);
        }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<EncoderRecord>> ListAsync(CancellationToken cancellation)
        => database.ReadAsync<IReadOnlyList<EncoderRecord>>("listing encoders", async context =>
            [.. (await Records(context.Encoders).ToListAsync(cancellation).ConfigureAwait(false)).OrderBy(encoder => encoder.Name, StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public Task<EncoderRecord?> FindAsync(string name, CancellationToken cancellation)
        => database.ReadAsync("finding an encoder", context => Records(context.Encoders.Where(row => row.Name == name)).SingleOrDefaultAsync(cancellation));

    /// <inheritdoc/>
    public Task<EncoderRecord?> FindAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation)
    {
        var wanted = hash.ToArray();
        return database.ReadAsync("finding an encoder", context => Records(context.Encoders.Where(row => row.Hash == wanted)).SingleOrDefaultAsync(cancellation));
    }

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation)
    {
        var wanted = hash.ToArray();
        return database.ReadAsync("reading an encoder", context => context.Encoders.Where(row => row.Hash == wanted).Select(row => row.Bytes).SingleOrDefaultAsync(cancellation));
    }

    /// <inheritdoc/>
    public Task<EncoderDeletion> DeleteAsync(string name, string mark, CancellationToken cancellation)
        => database.WriteAsync("deleting an encoder", async context =>
        {
            await database.LockEncodersAsync(context, cancellation).ConfigureAwait(false);
            if (!await context.Encoders.AnyAsync(row => row.Name == name, cancellation).ConfigureAwait(false))
            {
                return EncoderDeletion.NotFound;
            }

            var count = await context.Encoders.Where(row => row.Name == name && !context.Models.Any(model => model.Spec.Contains(mark)))
                .ExecuteDeleteAsync(cancellation).ConfigureAwait(false);
            return count > 0 ? EncoderDeletion.Deleted : EncoderDeletion.InUse;
        }, cancellation);

    /// <summary>Adds the encoder of an imported model unless its file is there; one with another file keeps its name.</summary>
    internal static async Task AddMissingAsync(LifelongContext context, NewEncoder encoder, CancellationToken cancellation)
    {
        const int MaxName = 128;
        const int HashDigits = 8;
        var hash = encoder.Hash.ToArray();
        if (await context.Encoders.AnyAsync(row => row.Hash == hash, cancellation).ConfigureAwait(false))
        {
            return;
        }

        var row = ToRow(encoder);
        if (await context.Encoders.AnyAsync(other => other.Name == encoder.Name, cancellation).ConfigureAwait(false))
        {
            row.Name = $"{encoder.Name[..Math.Min(encoder.Name.Length, MaxName - HashDigits - 1)]}-{Convert.ToHexStringLower(hash)[..HashDigits]}";
        }

        context.Encoders.Add(row);
    }

    private static EncoderRow ToRow(NewEncoder encoder) => new()
    {
        Name = encoder.Name,
        Hash = encoder.Hash.ToArray(),
        Runtime = encoder.Runtime,
        OutputLength = encoder.OutputLength,
        Description = encoder.Description,
        Bytes = encoder.Bytes.ToArray(),
        CreatedAt = encoder.CreatedAt,
    };

    private static IQueryable<EncoderRecord> Records(IQueryable<EncoderRow> rows) =>
        rows.Select(row => new EncoderRecord(row.Name, row.Hash, row.Runtime, row.OutputLength, row.Description, row.Bytes == null ? 0 : row.Bytes.Length, row.CreatedAt));
}
