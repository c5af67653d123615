using System.Buffers.Binary;
using System.Text;
using LifelongApi.Api.Requests;
using LifelongApi.Learning;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Bundles;

/// <summary>The probe sets of a bundle: for each its task (UTF-8 length u16, bytes), time of upload i64, number of rows i32, and its rows, each after its length i32.</summary>
internal static class BundleProbes
{
    /// <summary>What comes before the rows of a set.</summary>
    public static byte[] Header(ProbeRecord probe)
    {
        var task = Encoding.UTF8.GetBytes(probe.Task);
        var header = new byte[sizeof(ushort) + task.Length + sizeof(long) + sizeof(int)];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)task.Length);
        task.CopyTo(header, sizeof(ushort));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(sizeof(ushort) + task.Length), probe.CreatedAt);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(header.Length - sizeof(int)), probe.RowCount);
        return header;
    }

    /// <summary>Reads the section. Every row has to be one that the model could learn from.</summary>
    /// <param name="bytes">The section.</param>
    /// <param name="model">The model of the bundle.</param>
    /// <param name="nameHashes">Hash of every feature name by id.</param>
    /// <exception cref="InvalidDataException">It is not whole, names a task twice, or holds a row that the model cannot read.</exception>
    public static IReadOnlyList<NewProbe> Read(ReadOnlyMemory<byte> bytes, Model model, ReadOnlySpan<ulong> nameHashes)
    {
        var probes = new List<NewProbe>();
        var rest = bytes;
        while (!rest.IsEmpty)
        {
            var task = Encoding.UTF8.GetString(Take(ref rest, BinaryPrimitives.ReadUInt16LittleEndian(Take(ref rest, sizeof(ushort)).Span)).Span);
            var createdAt = BinaryPrimitives.ReadInt64LittleEndian(Take(ref rest, sizeof(long)).Span);
            var count = BinaryPrimitives.ReadInt32LittleEndian(Take(ref rest, sizeof(int)).Span);
            if (!NameRule.IsName(task) || createdAt < 0 || count < 1 || probes.Exists(probe => probe.Task == task))
            {
                throw new InvalidDataException("A probe set comes twice, has no rows, or a task or time that cannot be.");
            }

            var rows = new List<ReadOnlyMemory<byte>>();
            for (var i = 0; i < count; i++)
            {
                var row = Take(ref rest, BinaryPrimitives.ReadInt32LittleEndian(Take(ref rest, sizeof(int)).Span));
                model.CheckExample(row.Span, nameHashes);
                rows.Add(row);
            }

            probes.Add(new NewProbe(StreamId: 0, task, rows, Actor: null, createdAt));
        }

        return probes;
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> rest, int length)
    {
        if (length < 0 || length > rest.Length)
        {
            throw new InvalidDataException("The probe sets are not whole.");
        }

        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
