namespace LifelongApi.Learning.Evaluation;

/// <summary>How many items follow in stored statistics. Bytes that come from elsewhere (a bundle) must not make the reader allocate more than they hold.</summary>
internal static class StoredCount
{
    /// <summary>Reads a count.</summary>
    /// <param name="reader">Over a stream that can tell its length.</param>
    /// <param name="itemBytes">Fewest bytes that an item takes.</param>
    /// <exception cref="InvalidDataException">More items than bytes are left.</exception>
    public static int Read(BinaryReader reader, int itemBytes)
    {
        var count = reader.ReadInt32();
        return count >= 0 && (long)count * itemBytes <= reader.BaseStream.Length - reader.BaseStream.Position
            ? count
            : throw new InvalidDataException("The stored statistics name more items than they hold.");
    }
}
