using LifelongApi.Storage.Encoders;

namespace LifelongApi.Api.Tests.Fakes;

/// <summary>Encoders in memory.</summary>
internal sealed class FakeEncoders : IEncoderStore
{
    private readonly List<NewEncoder> _encoders = [];

    /// <summary>Name of one that models use.</summary>
    public string? Used { get; set; }

    public Task<(EncoderRecord Encoder, bool Created)> SaveAsync(NewEncoder encoder, CancellationToken cancellation)
    {
        var present = _encoders.Find(other => other.Name == encoder.Name) ?? _encoders.Find(other => other.Hash.Span.SequenceEqual(encoder.Hash.Span));
        if (present is null)
        {
            _encoders.Add(encoder);
        }

        return Task.FromResult((Record(present ?? encoder), present is null));
    }

    public Task<IReadOnlyList<EncoderRecord>> ListAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<EncoderRecord>>([.. _encoders.OrderBy(encoder => encoder.Name, StringComparer.Ordinal).Select(Record)]);

    public Task<EncoderRecord?> FindAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(_encoders.Find(encoder => encoder.Name == name) is { } found ? Record(found) : null);

    public Task<EncoderRecord?> FindAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation) =>
        Task.FromResult(_encoders.Find(encoder => encoder.Hash.Span.SequenceEqual(hash.Span)) is { } found ? Record(found) : null);

    public Task<byte[]?> ReadAsync(ReadOnlyMemory<byte> hash, CancellationToken cancellation) =>
        Task.FromResult(_encoders.Find(encoder => encoder.Hash.Span.SequenceEqual(hash.Span))?.Bytes.ToArray());

    public Task<EncoderDeletion> DeleteAsync(string name, string mark, CancellationToken cancellation) =>
        Task.FromResult(name == Used ? EncoderDeletion.InUse : _encoders.RemoveAll(encoder => encoder.Name == name) > 0 ? EncoderDeletion.Deleted : EncoderDeletion.NotFound);

    private static EncoderRecord Record(NewEncoder encoder) =>
        new(encoder.Name, encoder.Hash, encoder.Runtime, encoder.OutputLength, encoder.Description, encoder.Bytes.Length, encoder.CreatedAt);
}
