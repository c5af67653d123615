using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Tests.Hosting;

public sealed class ReadGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Readers_are_inside_together()
    {
        var gate = new ReadGate();
        using var together = new Barrier(3);
        var readers = Enumerable.Range(0, 3).Select(_ => Start(() =>
        {
            gate.EnterRead();
            var met = together.SignalAndWait(Patience);
            gate.ExitRead();
            Assert.True(met);
        })).ToList();

        readers.ForEach(Join);
        Assert.Equal(0, gate.ReaderCount);
    }

    [Fact]
    public void A_writer_waits_for_the_readers_that_were_there_and_is_alone()
    {
        var gate = new ReadGate();
        var isInside = false;
        gate.EnterRead();
        var writer = Start(() =>
        {
            gate.EnterWrite();
            Volatile.Write(ref isInside, true);
            gate.ExitWrite();
        });
        Until(() => gate.WriterCount == 1);

        Assert.False(Volatile.Read(ref isInside));
        gate.ExitRead();
        Join(writer);
        Assert.True(isInside);
    }

    [Fact]
    public void The_next_writer_lets_in_every_reader_that_waited_for_the_one_before()
    {
        var gate = new ReadGate();
        var log = new List<string>();
        gate.EnterWrite();
        var readers = Enumerable.Range(0, 4).Select(_ => Start(() =>
        {
            gate.EnterRead();
            lock (log)
            {
                log.Add("reader");
            }

            gate.ExitRead();
        })).ToList();
        Until(() => gate.ReaderCount == 4);
        var second = Start(() =>
        {
            gate.EnterWrite();
            lock (log)
            {
                log.Add("writer");
            }

            gate.ExitWrite();
        });
        Until(() => gate.WriterCount == 2);

        gate.ExitWrite();
        Join(second);
        readers.ForEach(Join);

        Assert.Equal(["reader", "reader", "reader", "reader", "writer"], log);
    }

    [Fact]
    public void Readers_who_keep_coming_do_not_starve_the_writer()
    {
        var gate = new ReadGate();
        gate.EnterRead();
        var written = false;
        var writer = Start(() =>
        {
            gate.EnterWrite();
            Volatile.Write(ref written, true);
            gate.ExitWrite();
        });
        Until(() => gate.WriterCount == 1);

        // A reader that comes after the writer has announced itself waits for it.
        var sawWrite = false;
        var late = Start(() =>
        {
            gate.EnterRead();
            Volatile.Write(ref sawWrite, Volatile.Read(ref written));
            gate.ExitRead();
        });
        Until(() => gate.ReaderCount == 2);
        gate.ExitRead();
        Join(writer);
        Join(late);

        Assert.True(sawWrite);
    }

    [Fact]
    public void Nobody_sees_a_half_written_pair()
    {
        var gate = new ReadGate();
        var pair = new long[2];
        var torn = 0;
        var readers = Enumerable.Range(0, 2).Select(_ => Start(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                gate.EnterRead();
                torn += pair[0] == pair[1] ? 0 : 1;
                gate.ExitRead();
            }
        })).ToList();
        for (var i = 1; i <= 20_000; i++)
        {
            gate.EnterWrite();
            pair[0] = i;
            pair[1] = i;
            gate.ExitWrite();
        }

        readers.ForEach(Join);
        Assert.Equal(0, torn);
    }

    private static Thread Start(Action act)
    {
        var thread = new Thread(() => act()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Join(Thread thread) => Assert.True(thread.Join(Patience));

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience));
}
